// The page for whoever connects a client, put into its HTML.
import "../styles/page.css";
import "../styles/sheets.css";
import "../styles/forced-colours.css";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("page");
if (place) render(<App />, place);
