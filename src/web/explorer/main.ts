/**
 * The page a browser gets at GET /graphql, where a person explores the API: Apollo Sandbox where Apollo's servers
 * answer, GraphiQL where they do not or where `?ui=graphiql` asks for it.
 */
import "../styles/explorer.css";
import { token } from "../session";
import { showPlaces } from "../ui/places-bar";
import { examplesOfToday } from "./examples";
import { showSandbox } from "./frame";
import { takeTabToken } from "./transport";

const stage = document.querySelector<HTMLElement>("#stage") ?? document.body;
const wanted = new URLSearchParams(location.search);
const examples = examplesOfToday();

/** What the bar at the top says and offers follows from this (src/web/styles/explorer.css). */
function announce(state: "sandbox" | "graphiql" | "fallback" | "broken"): void {
  document.body.dataset.state = state;
}

async function explore(state: "graphiql" | "fallback"): Promise<void> {
  announce(state);
  const coming = document.createElement("p");
  coming.className = "coming";
  coming.textContent =
    "Loading GraphiQL: an editor for queries, examples, and the documentation of every field…";
  stage.replaceChildren(coming);
  const secret = token.peek();
  if (secret !== null) takeTabToken(secret);
  document.body.toggleAttribute("data-signed-in", secret !== null);
  try {
    const { showGraphiql } = await import("./graphiql");
    showGraphiql(stage, examples);
  } catch (error) {
    announce("broken");
    stage.replaceChildren();
    reportError(error); // The browser's console shows it.
  }
}

showPlaces("/graphql");
const links = examples.map(({ name }) => {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `?example=${name}`;
  link.textContent = name;
  item.append(link);
  return item;
});
document.querySelector("#examples")?.append(...links);

if (wanted.get("ui") === "graphiql") {
  void explore("graphiql");
} else {
  // Whatever kept Sandbox away, the person is here to explore.
  showSandbox(stage, wanted.get("example"), {
    shown: () => announce("sandbox"),
    gone: () => void explore("fallback"),
  });
}
