// What a browser is shown at an address that is nobody's: which it was, and the way on.
import "../styles/page.css";
import "../styles/sheets.css";
import "../styles/forced-colours.css";
import { render } from "preact";
import { say, sayWith, titlePage } from "../languages/say";
import { PageHead } from "../ui/page-head";

function App() {
  return (
    <>
      <PageHead />
      <main id="content" class="waiting" tabIndex={-1}>
        <div class="card">
          <h1>{say("There is no such page")}</h1>
          <p class="quiet">
            {sayWith("Nothing is at {address}. The address may be incomplete, or old.", {
              address: <code dir="auto">{location.pathname}</code>,
            })}
          </p>
          <a class="button primary" href="/">
            {say("To the calendar")}
          </a>
        </div>
      </main>
    </>
  );
}

titlePage(say("No such page"));
const place = document.getElementById("page");
if (place) render(<App />, place);
