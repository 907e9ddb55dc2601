// The pages of /records, put into their HTML.
import "../styles/page.css";
import "../styles/records.css";
import "../styles/forced-colours.css";
import "../framed";
import { render } from "preact";
import { say, titlePage } from "../languages/say";
import { App } from "./app";

titlePage(say("Timeline"));
const place = document.getElementById("page");
if (place) render(<App />, place);
