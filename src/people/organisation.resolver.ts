// The caller's organisation, as its people see it and admins change it.
import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type { Context } from "../context";
import { Organisation } from "../entities/organisation";
import { readInput } from "../values/rules";
import { changeOrganisation, readOrganisation } from "./organisations";
import { OrganisationPatch } from "./people.inputs";

@Resolver(() => Organisation)
export class OrganisationResolver {
  @Query(() => Organisation, { description: "The caller's organisation." })
  organisation(@Ctx() ctx: Context): Promise<Organisation> {
    return readOrganisation(ctx);
  }

  @Mutation(() => Organisation, { description: "Changes the caller's organisation (admins)." })
  updateOrganisation(
    @Ctx() ctx: Context,
    @Arg("input", () => OrganisationPatch, { description: "What to change." }) input: OrganisationPatch,
  ): Promise<Organisation> {
    return changeOrganisation(ctx, readInput(OrganisationPatch, input));
  }
}
