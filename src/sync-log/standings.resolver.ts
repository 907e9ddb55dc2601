// How the clients of every calendar do, for admins.
import { Args, ArgsType, Ctx, Field, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Calendar } from "../entities/calendar";
import { calendarLoader, type CalendarView } from "../people/calendars";
import { listClientNames, listStandings, readPlace, readStandingsSize, type StandingView } from "./standings";
import { SyncStanding, SyncStandingConnection } from "./standings.types";
import { SyncState } from "./states";

@ArgsType()
class StandingsArgs {
  @Field(() => SyncState, { nullable: true, description: "Only those that do so." })
  state?: SyncState | null;

  @Field(() => String, { nullable: true, description: "Only clients of this name." })
  client?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: 100, description: "How many, up to 200." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor." })
  after?: string | null;
}

@Resolver(() => SyncStandingConnection)
export class StandingsResolver {
  @Query(() => SyncStandingConnection, {
    description:
      "Every calendar of the organisation with each client that follows it, the worst first, and those that nobody follows. " +
      "For admins, others are refused as `forbidden`. What changes while one reads may come twice, or not, in later pages.",
  })
  async syncStandings(
    @Ctx() ctx: Context,
    @Args(() => StandingsArgs) { state, client, first, after }: StandingsArgs,
  ): Promise<SyncStandingConnection> {
    const wanted = {
      state: state ?? null,
      client: client ?? null,
      size: readStandingsSize(first),
      after: readPlace(after),
    };
    const { standings, hasMore } = await listStandings(ctx, wanted);
    return new SyncStandingConnection(standings, { next: hasMore, previous: wanted.after !== null });
  }

  @FieldResolver(() => [String], {
    description: "What the clients heard within a month are called, in order: the first two hundred.",
  })
  clientNames(@Ctx() ctx: Context): Promise<string[]> {
    return listClientNames(ctx);
  }
}

@Resolver(() => SyncStanding)
export class StandingFields {
  @FieldResolver(() => Calendar, { description: "The calendar." })
  calendar(@Root() { calendarId }: StandingView, @Ctx() ctx: Context): Promise<CalendarView | null> {
    return calendarLoader(ctx).load(calendarId);
  }
}
