/** What the page uses of a package that brings no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Shown {
    /** Authorises as the document's security scheme of this name says. */
    preauthorizeApiKey: (scheme: string, secret: string | null) => void;
  }
  export default function SwaggerUI(options: Record<string, unknown>): Shown;
}
