// Where the console starts: reads how it is deployed, signs in, learns who is looking, then shows the page of the address.

import { configureApi, get } from "./api.js";
import { signIn } from "./auth.js";
import { h } from "./dom.js";
import { SignInError } from "./oidc.js";
import { configureRouter, startRouter } from "./router.js";
import { setMe } from "./session.js";
import { keepTimesFresh } from "./time.js";
import "./elements/activity-page.js";
import "./elements/company-list-page.js";
import "./elements/company-page.js";
import "./elements/connection-page.js";
import "./elements/connections-page.js";
import "./elements/duplicates-page.js";
import "./elements/mapping-page.js";
import "./elements/missing-page.js";
import "./elements/portal-shell.js";
import "./elements/toast-region.js";

/** Every page. What is not listed is linked from nowhere. */
const ROUTES = [
  { path: "/settings/integrations", element: "connections-page", title: "Integrations" },
  { path: "/settings/integrations/companies", element: "mapping-page", title: "Companies · Integrations" },
  { path: "/settings/integrations/duplicates", element: "duplicates-page", title: "Duplicates · Integrations" },
  { path: "/settings/companies", element: "company-list-page", title: "Companies" },
  { path: "/settings/companies/{company}/{tab}", element: "company-page", title: "Company", opens: "overview" },
  { path: "/settings/activity", element: "activity-page", title: "Activity" },
  {
    path: "/settings/integrations/{connector}/{tab}",
    element: "connection-page",
    title: "Integration",
    opens: "overview",
  },
];

const app = /** @type {HTMLElement} */ (document.getElementById("app"));

start();

async function start() {
  try {
    const config = await readConfig();
    const base = config.base_path.replace(/\/$/, "");
    const auth = await signIn(config, `${base}/`);
    if (!auth) {
      wholePage("You are signed in again", "Go on in the window that you came from, and close this one.");
      return;
    }
    configureApi(base, auth);
    configureRouter(base, ROUTES);
    setMe((await get("/v1/me")).data);
    keepTimesFresh();
    startRouter(frame(config, auth));
  } catch (error) {
    fail(error);
  }
}

/** @returns {Promise<import("./types.js").Config>} */
async function readConfig() {
  // Beside the folder of this file, wherever the pages are served from.
  const response = await fetch(new URL("../config.json", import.meta.url), { cache: "no-store" });
  if (!response.ok) throw new Error("The settings pages cannot read how they are set up.");
  return response.json();
}

/**
 * The shell around the pages, or nothing but the page where a portal embeds them.
 *
 * @param {import("./types.js").Config} config
 * @param {import("./auth.js").Auth} auth
 */
function frame(config, auth) {
  const main = h("main", { id: "main", tabindex: "-1" });
  if (config.embedded) {
    document.body.classList.add("embedded");
    app.replaceChildren(main);
  } else {
    const shell = /** @type {import("./elements/portal-shell.js").PortalShell} */ (
      document.createElement("portal-shell")
    );
    shell.signOut = auth.signOut;
    app.replaceChildren(shell);
    shell.append(main);
  }
  return main;
}

/** @param {any} error */
function fail(error) {
  const refused = error instanceof SignInError;
  const title = refused ? "You are not signed in" : error.title || "The settings pages cannot start";
  const text = refused ? error.message : error.detail || "Check your network connection and try again.";
  const again = h("button", { class: "button primary", type: "button", on: { click: () => location.reload() } });
  again.append("Try again");
  wholePage(title, text, again).setAttribute("role", "alert");
  again.focus();
}

/** In the place of everything. @param {string} title @param {string} text @param {HTMLElement | null} [action] */
function wholePage(title, text, action = null) {
  const said = h("div", { class: action ? "blank failed" : "blank" }, h("h1", {}, title), h("p", {}, text), action);
  document.title = title;
  app.replaceChildren(h("main", { class: "whole-page" }, said));
  return said;
}
