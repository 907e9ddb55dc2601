// npm run bench:printing: what it is worth that lists of events are printed straight from their rows. The same query is asked
// with a field that is left out, which keeps it from being printed, so that graphql-js answers it field by field.
import { Load } from "./load";
import { describeMachine, loadAverage } from "./machine";
import { measure, typical, type Figures } from "./measure";
import { OPERATIONS, type Operation } from "./operations";
import { onStage, startService } from "./stage";

const EVENTS = 10_000;
const USERS = 10;
const ROUNDS = 3;
const DECOY = "event { owner @include(if: false) { id } ";

/** The operation, asked so that it is not printed. */
function fieldByField({ ask, ...operation }: Operation): Operation {
  return {
    ...operation,
    ask: (door, pick) => {
      const request = ask(door, pick);
      if (!request.body?.includes("event { ")) throw new Error("The query does not ask for an event.");
      return { ...request, body: request.body.replace("event { ", DECOY) };
    },
  };
}

onStage(EVENTS, async (stage) => {
  console.log(`${describeMachine()}; load ${loadAverage()}`);
  const server = await startService(stage, { RATE_LIMIT_PER_MINUTE: "0" });
  const load = new Load(server.url, 16);
  const contender = { name: "GraphQL", door: "graphql" as const, server, load };
  const how = { users: USERS, postmaster: stage.postmaster, forMs: 3_000 };
  for (const operation of OPERATIONS.filter(({ name }) => name.startsWith("feed page"))) {
    const [plainly, field]: [Figures[], Figures[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      plainly.push(await measure(contender, operation, how));
      field.push(await measure(contender, fieldByField(operation), how));
    }
    const [printed, resolved] = [typical(plainly), typical(field)];
    console.log(
      `${operation.name}: printed ${Math.round(printed.server)} us of the service's processor time, by graphql-js ${Math.round(resolved.server)}: ${(resolved.server / printed.server).toFixed(1)} times as much`,
    );
  }
  load.close();
});
