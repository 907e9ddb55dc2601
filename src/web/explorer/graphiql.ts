/** GraphiQL with the examples as its tabs. A chunk of its own: it is loaded where somebody asks for it, or Sandbox stays away. */
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import type { ExampleOperation } from "./examples";
import { knownHeaders, onAuthorized, send } from "./transport";

export function showGraphiql(stage: HTMLElement, examples: readonly ExampleOperation[]): void {
  const root = createRoot(stage);
  // The bar says what this is; the room is for the tabs.
  const noLogo = createElement(GraphiQL.Logo, null, createElement("span"));
  const defaultTabs = examples.map(({ document: query, variables }) => ({
    query,
    variables: variables ? JSON.stringify(variables, null, 2) : null,
  }));
  const draw = (): void => {
    const properties = {
      // A new fetcher makes GraphiQL read the schema again, which it may have been refused before this token.
      fetcher: ((params, options) => send(params, options)) as typeof send,
      defaultTabs,
      defaultQuery: defaultTabs[0]?.query,
      defaultHeaders: JSON.stringify(knownHeaders(), null, 2),
      defaultEditorToolsVisibility: "headers" as const,
      inputValueDeprecation: true,
      schemaDescription: true,
    };
    root.render(createElement(GraphiQL, properties, noLogo));
  };
  onAuthorized(draw);
  draw();
}
