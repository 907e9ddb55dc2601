/** The files behind the explorer's page: GraphiQL and React from their packages, our boot script and style. */
import { AssetFolder } from "../http/asset-folder";
import { bootScript } from "./boot";
import { ICON, STYLE } from "./style";

export const EXPLORER_ASSETS = new AssetFolder("/graphql/assets");

const graphiql = {
  scripts: [
    EXPLORER_ASSETS.ofPackage("react", "umd/react.production.min.js"),
    EXPLORER_ASSETS.ofPackage("react-dom", "umd/react-dom.production.min.js"),
    EXPLORER_ASSETS.ofPackage("graphiql", "dist/index.umd.js"),
  ],
  styles: [EXPLORER_ASSETS.ofPackage("graphiql", "dist/style.css")],
};

/** Where the page finds what it names itself; the boot script loads the rest. */
export const PAGE_ASSETS = {
  script: EXPLORER_ASSETS.own("explorer", "js", bootScript(graphiql)),
  style: EXPLORER_ASSETS.own("explorer", "css", STYLE),
  icon: EXPLORER_ASSETS.own("tidemark", "svg", ICON),
};
