// The calendar page, put into its HTML.
import "fullcalendar/skeleton.css";
import "fullcalendar/themes/breezy/theme.css";
import "../styles/page.css";
import "../styles/calendar.css";
import "../framed";
import { render } from "preact";
import { say, titlePage } from "../languages/say";
import { App } from "./app";

titlePage(say("Calendar"));
const place = document.getElementById("page");
if (place) render(<App />, place);
