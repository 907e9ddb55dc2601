// The calendar page, put into its HTML.
import "fullcalendar/skeleton.css";
import "fullcalendar/themes/breezy/theme.css";
import "../styles/page.css";
import "../styles/calendar.css";
import { render } from "preact";
import { App } from "./app";

const place = document.getElementById("page");
if (place) render(<App />, place);
