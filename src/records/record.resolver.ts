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
import { requireScope, type Context } from "../context";
import { Record, RecordType } from "../entities/record";
import { badRequest } from "../errors";
import { PageInfo, pageInfoOf } from "../values/page-info";
import { ROWS_OF_PAGE } from "../values/pages";
import { readSize } from "../values/pages";
import { PAGE_DEFAULT } from "../values/pages";
import { Faults, id, listOf, readFields, requireId, taking, text } from "../values/rules";
import { decodeName, encodeName } from "../people/by-name";
import { RecordInput } from "./record.inputs";
import { readAddresses } from "../people/people.resolver";
import { archiveRecords, findRecords, recordLoader, SAVED_MOST, saveRecords, searchRecords } from "./records";
import { answerSizeOf } from "../access/answer-size";

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
    description: "Only records whose name contains this, ignoring case.",
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
  async records(
    @Ctx() ctx: Context,
    @Args(() => RecordsArgs) args: RecordsArgs,
    bytes?: number,
  ): Promise<RecordConnection> {
    requireScope(ctx, "read");
    const limit = readSize(args.first, "first") ?? PAGE_DEFAULT;
    const faults = new Faults();
    const q = args.q == null ? null : text(500)(args.q, "q", faults);
    faults.throwIfAny();
    const after = decodeName(args.after, "after");
    const search = { type: args.type, emails: readAddresses(args.emails, "emails"), q };
    if (bytes === undefined) answerSizeOf(ctx).ask(1);
    const found = await searchRecords(ctx, search, { limit: limit + 1, after }, bytes);
    const { records } = found;
    if (bytes === undefined) answerSizeOf(ctx).read(records.length, found.bytes);
    return new RecordConnection(records.slice(0, limit), {
      next: found.isCut || records.length > limit,
      previous: after !== null,
    });
  }

  @Query(() => Record, { nullable: true, description: "A record; null where there is none." })
  async record(
    @Ctx() ctx: Context,
    @Arg("type", () => RecordType, { description: "The record's type." }) type: RecordType,
    @Arg("id", () => ID, { description: "The record's id." }) id: string,
  ): Promise<Record | null> {
    requireScope(ctx, "read");
    const [record] = await findRecords(ctx, [requireId(id, "id")]);
    return record?.type === type ? record : null;
  }

  @Mutation(() => [Record], {
    description: "Creates records, and changes those with an id; all of them or none.",
  })
  saveRecords(
    @Ctx() ctx: Context,
    @Arg("records", () => [RecordInput], { description: "The records." }) records: RecordInput[],
  ): Promise<Record[]> {
    if (records.length > SAVED_MOST) {
      throw badRequest({ field: "records", message: `records must have ${SAVED_MOST} entries at most.` });
    }
    const faults = new Faults();
    const read = records.map((record, index) => readFields(RecordInput, record, faults, `records[${index}]`));
    faults.throwIfAny();
    return saveRecords(ctx, read as RecordInput[], (index) => `records[${index}].`);
  }

  @Mutation(() => [Record], {
    description: "Archives records: no longer found or offered; links to them stay.",
  })
  archiveRecords(
    @Ctx() ctx: Context,
    @Arg("ids", () => [ID], { description: "The records' ids." }) ids: string[],
  ): Promise<Record[]> {
    const faults = new Faults();
    listOf(
      taking(id.schema, (given) => requireId(given, "ids")),
      500,
    )(ids, "ids", faults);
    faults.throwIfAny();
    return archiveRecords(ctx, ids);
  }
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
