// What the list of every calendar with its clients answers.
import { Extensions, Field, ObjectType } from "type-graphql";
import { PageInfo, pageInfoOf } from "../values/page-info";
import { ROWS_OF_PAGE } from "../values/pages";
import { cursorOf, type StandingView } from "./standings";
import { SyncState } from "./states";
import { SyncClient } from "./sync.types";
import type { SyncClientView } from "./clients";

@ObjectType({ description: "A calendar and a client that follows it." })
export class SyncStanding {
  @Field(() => SyncState, { description: "How the client does." })
  state: SyncState;

  @Field(() => SyncClient, { nullable: true, description: "The client; null where there is none." })
  client: SyncClientView | null;
}

@ObjectType({ description: "A calendar and a client, with its place in the list." })
export class SyncStandingEdge {
  constructor(node: StandingView) {
    this.node = node;
  }

  @Field(() => SyncStanding, { description: "The calendar and the client." })
  readonly node: StandingView;

  @Field(() => String, { description: "Its place, for `after`." })
  get cursor(): string {
    return cursorOf(this.node);
  }
}

@ObjectType({ description: "A page of the organisation's calendars and their clients, the worst first." })
export class SyncStandingConnection {
  constructor(
    private readonly standings: StandingView[],
    private readonly more: { next: boolean; previous: boolean },
  ) {}

  @Field(() => [SyncStandingEdge], { description: "The calendars and clients." })
  @Extensions(ROWS_OF_PAGE)
  get edges(): SyncStandingEdge[] {
    return this.standings.map((one) => new SyncStandingEdge(one));
  }

  @Field(() => PageInfo, { description: "Where this page stands." })
  get pageInfo(): PageInfo {
    const { edges } = this;
    return pageInfoOf(this.more, edges[0]?.cursor, edges.at(-1)?.cursor);
  }
}
