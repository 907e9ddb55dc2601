// The people of a run: made through the service's own doors, by an admin's token.
import { Client, type Reach } from "./client";
import { Hook } from "./hook";
import { FIELDS, type EventRow } from "./wire";

export interface Person {
  id: string;
  email: string;
  name: string;
  organisationId: string;
}

export class Stage {
  private constructor(
    readonly reach: Reach,
    private readonly admin: Client,
    private readonly organisationId: string,
    /** Sets the people and events of this run apart from those of others. */
    readonly run: string,
  ) {}

  static async open(reach: Reach, adminToken: string, run: string): Promise<Stage> {
    const admin = new Client(reach, adminToken);
    const { status, body } = await admin.get("/me");
    if (status !== 200) throw new Error(`The token was refused: ${JSON.stringify(body)}`);
    if (body.role !== "admin") throw new Error("The token must be an admin's: the proof adds users.");
    return new Stage(reach, admin, body.orgId as string, run);
  }

  async person(name: string, aliases: readonly string[] = []): Promise<Person> {
    const email = `${name}.${this.run}@prove.test`;
    const { createUser } = await this.admin.ask(
      "mutation ($input: UserInput!) { createUser(input: $input) { id } }",
      { input: { name, email, aliases, timezone: "Europe/Paris", role: "member" } },
    );
    return { id: createUser.id as string, email, name, organisationId: this.organisationId };
  }

  async people(name: string, count: number): Promise<Person[]> {
    const people: Person[] = [];
    for (let number = 1; number <= count; number++) people.push(await this.person(`${name}${number}`));
    return people;
  }

  /** The events of the organisation that are the meeting with this UID. */
  async meetings(iCalUid: string): Promise<string[]> {
    const { events } = await this.admin.ask(
      "query ($uid: String!) { events(filter: { scope: ORGANISATION, iCalUid: $uid }) { edges { node { id } } } }",
      { uid: iCalUid },
    );
    return (events.edges as { node: { id: string } }[]).map(({ node }) => node.id);
  }

  async event(id: string): Promise<EventRow | null> {
    const { event } = await this.admin.ask(`query ($id: ID!) { event(id: $id) { ${FIELDS} } }`, { id });
    return event as EventRow | null;
  }

  /** Somebody who is told of this person's calendar. */
  hook(person: Person, seed: string): Promise<Hook> {
    return Hook.open(this.admin, person, seed);
  }

  /** A client of this person's, with a token of its own. */
  async client({ id }: Person, name: string): Promise<Client> {
    const { createToken } = await this.admin.ask(
      "mutation ($id: ID!, $name: String!) { createToken(userId: $id, name: $name, scopes: [read, write]) { token } }",
      { id, name },
    );
    return new Client(this.reach, createToken.token as string);
  }
}
