// Queries and mutations of records.
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Extensions,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { nameOf, requireScope, type Context } from "../context";
import { Record, RecordType } from "../entities/record";
import { badRequest } from "../errors";
import { PageInfo, pageInfoOf } from "../values/page-info";
import { ROWS_OF_PAGE } from "../values/pages";
import { readSize } from "../values/pages";
import { PAGE_DEFAULT } from "../values/pages";
import { id, listOf, readFields, readInput, requireId, text } from "../values/rules";
import { Faults } from "../values/faults";
import { decodeName, encodeName } from "../people/by-name";
import { RecordInput } from "./record.inputs";
import { readEmails } from "../people/people.resolver";
import { createContact, type MadeContact } from "./contacts";
import { archiveRecords, mergeRecords, restoreRecords } from "./merging";
import { recordLoader, recordsById, searchRecords } from "./records";
import { MAX_SAVED, saveRecords } from "./saving";
import { countedPage } from "../access/answer-size";

@ArgsType()
export class RecordsArgs {
  @Field(() => RecordType, { nullable: true, description: "Only records of this type." })
  type?: RecordType | null;

  @Field(() => [String], {
    nullable: true,
    description: "Only records with one of these addresses, up to 100.",
  })
  emails?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Only records whose name contains this, without case and accents.",
  })
  q?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: PAGE_DEFAULT, description: "How many, up to 1,000." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor." })
  after?: string | null;
}

@ObjectType({ description: "A record, with its place in the list." })
export class RecordEdge {
  constructor(node: Record) {
    this.node = node;
  }

  @Field(() => Record, { description: "The record." })
  readonly node: Record;

  @Field(() => String, { description: "Its place, for `after`." })
  get cursor(): string {
    return encodeName(this.node);
  }
}

@ObjectType({ description: "A page of records, by name." })
export class RecordConnection {
  constructor(
    readonly records: Record[],
    private readonly more: { next: boolean; previous: boolean },
  ) {}

  @Field(() => [RecordEdge], { description: "The records." })
  @Extensions(ROWS_OF_PAGE)
  get edges(): RecordEdge[] {
    return this.records.map((record) => new RecordEdge(record));
  }

  @Field(() => PageInfo, { description: "Where this page stands." })
  get pageInfo(): PageInfo {
    const { edges } = this;
    return pageInfoOf(this.more, edges[0]?.cursor, edges.at(-1)?.cursor);
  }
}

@Resolver(() => Record)
export class RecordResolver {
  @Query(() => RecordConnection, { description: "Records by name; archived ones are left out." })
  async records(@Ctx() ctx: Context, @Args(() => RecordsArgs) args: RecordsArgs): Promise<RecordConnection> {
    requireScope(ctx, "read");
    const limit = readSize(args.first, "first") ?? PAGE_DEFAULT;
    const faults = new Faults();
    const q = args.q == null ? null : text(500)(args.q, "q", faults);
    faults.throwIfAny();
    const after = decodeName(args.after, nameOf(ctx, "after"));
    const search = { type: args.type, emails: readEmails(ctx, args.emails), q };
    const found = await countedPage(
      ctx,
      () => searchRecords(ctx, search, { limit: limit + 1, after }, ctx.piece?.bytes),
      ({ records, bytes }) => ({ rows: records.length, bytes }),
    );
    return new RecordConnection(found.records.slice(0, limit), {
      next: found.isCut || found.records.length > limit,
      previous: after !== null,
    });
  }

  @Query(() => Record, {
    nullable: true,
    description: "A record; null where there is none. One that was merged answers as its survivor.",
  })
  async record(
    @Ctx() ctx: Context,
    @Arg("type", () => RecordType, { description: "The record's type." }) type: RecordType,
    @Arg("id", () => ID, { description: "The record's id." }) id: string,
  ): Promise<Record | null> {
    requireScope(ctx, "read");
    const wanted = requireId(id, "id");
    const record = (await recordsById(ctx, [wanted])).get(wanted);
    return record?.type === type ? record : null;
  }

  @Mutation(() => [Record], {
    description: "Creates records, and changes those with an id; all of them or none.",
  })
  saveRecords(
    @Ctx() ctx: Context,
    @Arg("records", () => [RecordInput], { description: "The records." }) records: RecordInput[],
  ): Promise<Record[]> {
    if (records.length > MAX_SAVED) {
      throw badRequest({ field: "records", message: `records must have ${MAX_SAVED} entries at most.` });
    }
    const faults = new Faults();
    const read = records.map((record, index) => readFields(RecordInput, record, faults, `records[${index}]`));
    faults.throwIfAny();
    return saveRecords(ctx, read as RecordInput[], (index) => `records[${index}].`);
  }

  /** Creates a Contact that is there only once. For REST: GraphQL saves lists, of any type. */
  createContact(ctx: Context, { record, ...how }: ContactArgs): Promise<MadeContact> {
    const input = readInput(RecordInput, { ...record, type: RecordType.Contact });
    return createContact(ctx, { input, ...how });
  }

  @Mutation(() => [Record], {
    description: "For admins: archives records: no longer found, offered or linked; links to them stay.",
  })
  archiveRecords(
    @Ctx() ctx: Context,
    @Arg("ids", () => [ID], { description: "The records' ids." }) ids: string[],
  ): Promise<Record[]> {
    return archiveRecords(ctx, readIds(ids, "ids"));
  }

  @Mutation(() => [Record], { description: "For admins: takes records out of the archive." })
  restoreRecords(
    @Ctx() ctx: Context,
    @Arg("ids", () => [ID], { description: "The records' ids." }) ids: string[],
  ): Promise<Record[]> {
    return restoreRecords(ctx, readIds(ids, "ids"));
  }

  @Mutation(() => Record, {
    description:
      "For admins: makes one record of several of one type. Addresses, links and attendees' contacts go over, as " +
      "changes of the events; what went is archived and answers as the one that stays.",
  })
  mergeRecords(
    @Ctx() ctx: Context,
    @Arg("from", () => [ID], { description: "The records that go." }) from: string[],
    @Arg("into", () => ID, { description: "The record that stays." }) into: string,
  ): Promise<Record> {
    const gone = readIds(from, "from");
    if (gone.length === 0) throw badRequest({ field: "from", message: "from must have an entry at least." });
    return mergeRecords(ctx, gone, requireId(into, "into"));
  }
}

/** GraphQL has no such mutation. */
interface ContactArgs {
  record: object;
  idempotencyKey?: string | null | undefined;
  allowDuplicate: boolean;
}

function readIds(given: readonly string[], field: string): string[] {
  const faults = new Faults();
  const read = listOf(id, MAX_SAVED)(given, field, faults) ?? [];
  faults.throwIfAny();
  return read;
}

@Resolver(() => Record)
export class RecordFields {
  @FieldResolver(() => Record, { nullable: true, description: "The Account it belongs to." })
  async account(@Root() record: Record, @Ctx() ctx: Context): Promise<Record | null> {
    if (record.accountId === null) return null;
    requireScope(ctx, "read");
    return recordLoader(ctx).load(record.accountId);
  }
}
