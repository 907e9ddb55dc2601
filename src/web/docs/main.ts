// The page at /api/v1/docs, where a person reads the OpenAPI document and tries it: Swagger UI, served from here.
import "swagger-ui-dist/swagger-ui.css";
import "../styles/docs.css";
import { token } from "../session";
import { showPlaces } from "../ui/places-bar";

showPlaces("/api/v1/docs");

// The page is dark where the browser's settings are; Swagger UI takes that from a class.
const dark = matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", shade);
shade();

// A chunk of its own, so that the limit on what a page loads at first counts what is ours.
const { default: SwaggerUI } = await import("swagger-ui-dist/swagger-ui-es-bundle.js").catch(
  (error: unknown) => {
    const coming = document.querySelector("#coming");
    if (coming)
      coming.textContent = "The requests could not be loaded. Load the page again, or read the document.";
    throw error; // The browser's console shows it.
  },
);
const ui = SwaggerUI({
  url: "/api/v1/openapi.json",
  dom_id: "#stage",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // Its badge would send the document's address to somebody else.
  validatorUrl: null,
  // Whoever is signed in in this tab is so here.
  onComplete: () => {
    if (token.peek() !== null) ui.preauthorizeApiKey("bearer", token.peek());
  },
});
