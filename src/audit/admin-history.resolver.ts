// The history of admins' acts, for admins.
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { User } from "../entities/user";
import { readHistoryCursor } from "../event/history";
import { userLoader, type UserView } from "../people/users";
import { PAGE_DEFAULT, readSize } from "../values/pages";
import { requireId } from "../values/rules";
import { listActs } from "./admin-history";
import { AdminAct, AdminActConnection, AdminSubject } from "./admin-history.types";

@ArgsType()
class AdminHistoryArgs {
  @Field(() => AdminSubject, { nullable: true, description: "Only what was done to these." })
  subject?: AdminSubject | null;

  @Field(() => ID, { nullable: true, description: "Only what was done to the one of this id." })
  subjectId?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: PAGE_DEFAULT, description: "How many, up to 1,000." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor: what is older." })
  after?: string | null;
}

@Resolver(() => AdminAct)
export class AdminHistoryResolver {
  @Query(() => AdminActConnection, {
    description:
      "Who made, changed or ended users, access tokens, grants, records, webhooks and the organisation's settings, when, and " +
      "what it was before and after, newest first. For admins, others are refused as `forbidden`. As old as the service keeps " +
      "it (`RETENTION_DAYS`).",
  })
  adminHistory(
    @Ctx() ctx: Context,
    @Args(() => AdminHistoryArgs) { subject, subjectId, first, after }: AdminHistoryArgs,
  ): Promise<AdminActConnection> {
    return listActs(ctx, {
      subject: subject ?? null,
      subjectId: subjectId == null ? null : requireId(subjectId, "subjectId"),
      size: readSize(first, "first") ?? PAGE_DEFAULT,
      after: readHistoryCursor(after),
    });
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: "The user who did it; null where no access token did.",
  })
  user(@Root() { userId }: AdminAct, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return userId === null ? null : userLoader(ctx).load(userId);
  }
}
