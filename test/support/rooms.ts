// Rooms, equipment and teams, as an admin makes them.
import type { Person } from "./world";

export const CREATE_USER = `mutation($input: UserInput!) { createUser(input: $input) {
  id calendarId kind capacity role timezone workHours { days from to } } }`;
export const UPDATE_USER = `mutation($id: ID!, $input: UserPatch!) { updateUser(id: $id, input: $input) { id kind capacity name workHours { days from to } } }`;

export interface Room {
  id: string;
  calendarId: string;
  name: string;
}

let rooms = 0;
export async function addRoom(admin: Person, wish: object = {}): Promise<Room> {
  const name = `Room ${++rooms}`;
  const input = { name, email: `room${rooms}@test.test`, timezone: "Europe/Paris", kind: "room", ...wish };
  const { data, errors } = await admin.graphql(CREATE_USER, { input });
  expect(errors).toBeUndefined();
  return { ...data.createUser, name };
}
