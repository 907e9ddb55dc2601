// Exporting and erasing a person, for admins.
import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { MAX_ANSWER_BYTES, TOO_LARGE } from "../access/answer-size";
import type { Context } from "../context";
import { badRequest } from "../errors";
import { erasePerson, type Erased } from "./erase";
import { exportPerson } from "./export";
import { Erasure } from "./forgetting.types";

const email = "An address of theirs.";

@Resolver(() => Erasure)
export class ForgettingResolver {
  @Query(() => String, {
    description:
      "All that is kept of a person, as lines of JSON, each with its `kind`; empty where nothing is (admins). More than " +
      "16 MiB is refused: `tidemark person export` has no limit.",
  })
  async personExport(
    @Ctx() ctx: Context,
    @Arg("email", () => String, { description: email }) address: string,
  ): Promise<string> {
    const lines: string[] = [];
    let bytes = 0;
    for await (const some of exportPerson(ctx, address)) {
      bytes += Buffer.byteLength(some);
      if (bytes > MAX_ANSWER_BYTES)
        throw badRequest({ field: "email", message: `${TOO_LARGE}: use tidemark person export.` });
      lines.push(some);
    }
    return lines.join("");
  }

  @Mutation(() => Erasure, {
    description:
      "Takes a person's address, name and records out of every event, record, history, key and log of the organisation, as " +
      "changes that every client is told of (admins). Meetings and answers stay. Broken off, it goes on when it is called " +
      "again; once it is done, it changes nothing. The last admin is refused as `conflict`.",
  })
  erasePerson(
    @Ctx() ctx: Context,
    @Arg("email", () => String, { description: email }) address: string,
  ): Promise<Erased> {
    return erasePerson(ctx, address);
  }
}
