// Queries and mutations of people: users, calendars, access tokens.
import { Arg, Args, ArgsType, Ctx, Field, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { nameOf, requireScope, type CalendarRef, type Context } from "../context";
import { AccessToken, TokenScope } from "../entities/access-token";
import { Calendar, CalendarGrant, GrantAccess } from "../entities/calendar";
import { User } from "../entities/user";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { splitAddress } from "../values/address";
import { listOf, readInput, requireId, text } from "../values/rules";
import { Faults } from "../values/faults";
import { listCalendars, requireCalendar, type CalendarView } from "./calendars";
import { type GrantView, listGrants, setCalendarGrant } from "./grants";
import { NewToken, UserInput, UserPatch } from "./people.inputs";
import * as tokens from "./tokens";
import * as users from "./users";
import type { UserView } from "./users";

@ArgsType()
class CreateTokenArgs {
  @Field(() => ID, { description: "The user it speaks for." })
  userId: string;

  @Field(() => String, { description: "The client that will hold it, such as BrightSync." })
  name: string;

  @Field(() => [TokenScope], {
    nullable: true,
    description: "What it may do; by default what the caller's token may.",
  })
  scopes?: TokenScope[] | null;

  @Field(() => DateTime, { nullable: true, description: "When it dies; by default never." })
  expiresAt?: GivenTime | null;
}

@ArgsType()
export class UsersArgs {
  @Field(() => [String], {
    nullable: true,
    description: "Addresses, up to 100; unknown ones are absent.",
  })
  emails?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Disabled users too, who are left out otherwise.",
  })
  includeDisabled?: boolean | null;
}

@ArgsType()
export class CalendarsArgs {
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: "All of the organisation's." })
  all?: boolean | null;
}

@ArgsType()
class GrantArgs {
  @Field(() => ID, { description: "The calendar; `primary` is the caller's own." })
  calendarId: string;

  @Field(() => ID, { description: "To whom." })
  userId: string;

  @Field(() => GrantAccess, { nullable: true, description: "What is granted; null takes it away." })
  access?: GrantAccess | null;
}

/** Addresses of a query; refuses what no user or record could have. */
export function readEmails(ctx: Context, given: readonly string[] | null | undefined): string[] | null {
  if (given == null) return null;
  const faults = new Faults();
  const bare = given.map((one) => splitAddress(one).address);
  const addresses = listOf(text(320), 100)(bare, nameOf(ctx, "emails"), faults);
  faults.throwIfAny();
  return addresses ?? null;
}

const userId = "The user's id.";

@Resolver(() => User)
export class PeopleResolver {
  @Query(() => User, { description: "Who is calling." })
  me(@Ctx() ctx: Context): Promise<UserView> {
    requireScope(ctx, "read");
    return users.requireUser(ctx, ctx.caller.userId);
  }

  @Query(() => [User], { description: "Users of the organisation by name: all, or those at the addresses." })
  users(
    @Ctx() ctx: Context,
    @Args(() => UsersArgs) { emails, includeDisabled }: UsersArgs,
  ): Promise<UserView[]> {
    requireScope(ctx, "read");
    return users.findUsers(ctx, {
      emails: readEmails(ctx, emails),
      includeDisabled: includeDisabled === true,
    });
  }

  @Query(() => [AccessToken], {
    description:
      "The access tokens of a user, the live ones first, then the last hundred that died: one's own; anybody's for admins.",
  })
  tokens(
    @Ctx() ctx: Context,
    @Arg("userId", () => ID, { nullable: true, description: "Whose; by default the caller's." })
    userId?: string | null,
  ): Promise<AccessToken[]> {
    return tokens.listTokens(ctx, userId == null ? null : requireId(userId, "userId"));
  }

  @Query(() => [Calendar], {
    description:
      "The caller's calendar and then those granted to them; for admins, with `all`, the organisation's.",
  })
  calendars(@Ctx() ctx: Context, @Args(() => CalendarsArgs) { all }: CalendarsArgs): Promise<CalendarView[]> {
    requireScope(ctx, "read");
    return listCalendars(ctx, all === true);
  }

  @Query(() => [CalendarGrant], {
    description: "Who may read a calendar, or write in it, by name; for the calendar's user or an admin.",
  })
  calendarGrants(
    @Ctx() ctx: Context,
    @Arg("calendarId", () => ID, { nullable: true, description: "By default the caller's own." })
    calendarId?: string | null,
  ): Promise<GrantView[]> {
    return listGrants(ctx, calendarId ?? null);
  }

  @Mutation(() => Calendar, {
    description:
      "Lets a user read a calendar, or write in it as its user, or (`access: null`) no longer; for the calendar's user or " +
      "an admin. What is taken away is gone within 5 s.",
  })
  setCalendarGrant(
    @Ctx() ctx: Context,
    @Args(() => GrantArgs) { calendarId, userId: toUser, access }: GrantArgs,
  ): Promise<CalendarView> {
    const wish = { calendarId, userId: requireId(toUser, "userId"), access: access ?? null };
    return setCalendarGrant(ctx, wish);
  }

  /** The calendar that a request speaks for: the one named, as `requireCalendar` has it. For REST: GraphQL shows no such. */
  calendar(ctx: Context, { calendarId }: { calendarId?: string | null }): Promise<CalendarRef> {
    requireScope(ctx, "read");
    return requireCalendar(ctx, calendarId);
  }

  @Mutation(() => User, {
    description: "Adds a user (admins). They get the events that already invite them.",
  })
  createUser(
    @Ctx() ctx: Context,
    @Arg("input", () => UserInput, { description: "The user." }) input: UserInput,
  ): Promise<UserView> {
    return users.createUser(ctx, readInput(UserInput, input));
  }

  @Mutation(() => User, { description: "Changes a user (admins)." })
  updateUser(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: userId }) id: string,
    @Arg("input", () => UserPatch, { description: "What to change." }) input: UserPatch,
  ): Promise<UserView> {
    return users.updateUser(ctx, requireId(id, "id"), readInput(UserPatch, input));
  }

  @Mutation(() => User, {
    description: "Disables a user (admins): their tokens die for good, their events stay.",
  })
  disableUser(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: userId }) id: string,
  ): Promise<UserView> {
    return users.disableUser(ctx, requireId(id, "id"));
  }

  @Mutation(() => User, {
    description: "Lets a disabled user back in (admins). The tokens they had stay dead: make new ones.",
  })
  enableUser(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: userId }) id: string,
  ): Promise<UserView> {
    return users.enableUser(ctx, requireId(id, "id"));
  }

  @Mutation(() => Int, {
    description: "Makes one user the owner of all events of another (admins); answers how many.",
  })
  transferEvents(
    @Ctx() ctx: Context,
    @Arg("from", () => ID, { description: "The owner so far." }) from: string,
    @Arg("to", () => ID, { description: "The new owner." }) to: string,
  ): Promise<number> {
    return users.transferEvents(ctx, requireId(from, "from"), requireId(to, "to"));
  }

  @Mutation(() => NewToken, {
    description:
      "Makes an access token: users for themselves, admins for anybody. One more than the user may have is `conflict`.",
  })
  async createToken(
    @Ctx() ctx: Context,
    @Args(() => CreateTokenArgs) args: CreateTokenArgs,
  ): Promise<NewToken> {
    const { userId: forUser, name, ...wish } = args;
    const faults = new Faults();
    text(200, { controls: false, least: 1 })(name, "name", faults);
    faults.throwIfAny();
    const { secret, token } = await tokens.createToken(ctx, requireId(forUser, "userId"), { name, ...wish });
    return { id: token.id, token: secret, accessToken: token };
  }

  @Mutation(() => AccessToken, {
    description: "Ends an access token, and what it made, in turn: users their own, admins anybody's.",
  })
  async revokeToken(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: "The token's id." }) id: string,
  ): Promise<AccessToken> {
    return tokens.revokeToken(ctx, requireId(id, "id"));
  }
}
