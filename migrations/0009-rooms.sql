-- Users who are no persons: rooms, equipment, teams (functions/rooms.sql says how rooms are booked); and everybody's working
-- hours.

alter table app_user
  add column kind text not null default 'person' check (kind in ('person', 'room', 'equipment', 'team')),
  add column capacity integer check (capacity between 1 and 100000),
  add column work_hours jsonb check (jsonb_typeof(work_hours) = 'array'),
  add constraint app_user_role_of_persons check (kind = 'person' or role = 'member'),
  add constraint app_user_capacity_of_rooms check (capacity is null or kind in ('room', 'equipment'));
comment on column app_user.capacity is 'How many people a room holds, or may use the equipment; null: nobody has said.';
comment on column app_user.work_hours is
  'A list of {days, from, to}, on the wall of the user''s zone; null: Monday to Friday, 09:00 to 17:00.';
-- Who of those invited answers by themselves.
create index app_user_room on app_user (organisation_id, id) where kind in ('room', 'equipment');
