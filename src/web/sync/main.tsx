// The sync view, put into its HTML.
import "../styles/page.css";
import "../styles/sync.css";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("page");
if (place) render(<App />, place);
