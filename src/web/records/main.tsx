// The timeline page, put into its HTML.
import "../styles/page.css";
import "../styles/records.css";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("page");
if (place) render(<App />, place);
