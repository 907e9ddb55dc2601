// The timeline page, put into its HTML.
import "../styles/page.css";
import { render } from "preact";
import { SignIn } from "../ui/sign-in";

const place = document.getElementById("page");
if (place) render(<SignIn />, place);
