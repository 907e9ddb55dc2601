// What users, calendars and grants say beside their columns, and whom they point at.
import { Ctx, FieldResolver, ID, Int, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Calendar, CalendarAccess, CalendarGrant } from "../entities/calendar";
import { OFFICE_HOURS, User, UserKind, WorkHours } from "../entities/user";
import type { CalendarView } from "./calendars";
import { userLoader, type UserView } from "./users";

@Resolver(() => User)
export class UserFields {
  @FieldResolver(() => ID, { description: "The user's primary calendar." })
  calendarId(@Root() user: UserView): string {
    return user.calendarId;
  }

  @FieldResolver(() => Boolean, {
    description: "Whether they were disabled: nobody acts for them, and their address is offered nowhere.",
  })
  disabled(@Root() user: UserView): boolean {
    return user.disabled;
  }

  @FieldResolver(() => [WorkHours], {
    description:
      "When they work, on the wall of their time zone; by default Monday to Friday, 09:00 to 17:00.",
  })
  workHours(@Root() user: UserView): readonly WorkHours[] {
    return user.workHours ?? OFFICE_HOURS;
  }

  @FieldResolver(() => Int, { description: "How many live access tokens the user may have." })
  maxTokens(@Root() user: UserView): number {
    return user.maxTokens;
  }
}

@Resolver(() => CalendarGrant)
export class CalendarGrantFields {
  @FieldResolver(() => User, { description: "Who may." })
  user(@Root() { userId: granted }: CalendarGrant, @Ctx() ctx: Context): Promise<UserView | null> {
    return userLoader(ctx).load(granted);
  }
}

@Resolver(() => Calendar)
export class CalendarFields {
  @FieldResolver(() => String, { description: "Its user's name." })
  name(@Root() calendar: CalendarView): string {
    return calendar.name;
  }

  @FieldResolver(() => CalendarAccess, { description: "What the caller may do with it." })
  access(@Root() calendar: CalendarView): CalendarAccess {
    return calendar.access;
  }

  @FieldResolver(() => UserKind, { description: "What its user is." })
  kind(@Root() calendar: CalendarView): UserKind {
    return calendar.kind;
  }

  @FieldResolver(() => Boolean, { description: "Whether it is the caller's own." })
  primary(@Root() calendar: CalendarView): boolean {
    return calendar.primary;
  }

  @FieldResolver(() => String, { description: "Its user's IANA time zone." })
  timezone(@Root() calendar: CalendarView): string {
    return calendar.timezone;
  }

  @FieldResolver(() => User, { description: "Whose calendar it is." })
  async user(@Root() calendar: CalendarView, @Ctx() ctx: Context): Promise<UserView | null> {
    return userLoader(ctx).load(calendar.userId);
  }
}
