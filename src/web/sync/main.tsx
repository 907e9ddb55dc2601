// The sync view, put into its HTML.
import "../styles/page.css";
import "../styles/sheets.css";
import "../styles/sync.css";
import "../styles/forced-colours.css";
import "../framed";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("page");
if (place) render(<App />, place);
