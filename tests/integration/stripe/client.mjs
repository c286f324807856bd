// What a program of somebody else does with Stripe's own client: started with the folder of the packages, the address of the
// simulator and what to do. Says in JSON on its last line what came of it.

import { createRequire } from "node:module";
import { join } from "node:path";
import { readFileSync } from "node:fs";

const [packages, port, key, what] = process.argv.slice(2);
const Stripe = createRequire(join(packages, "from-here.js"))("stripe");
const stripe = new Stripe(key, { host: "127.0.0.1", port: Number(port), protocol: "http", maxNetworkRetries: 0 });

async function shop() {
  const ids = [];
  for await (const customer of stripe.customers.list({ limit: 3 })) ids.push(customer.id);
  const { data } = await stripe.prices.list({ limit: 1, expand: ["data.product"] });
  const order = {
    mode: "subscription",
    success_url: "https://portal.example/done?session={CHECKOUT_SESSION_ID}",
    customer: ids[0],
    line_items: [{ price: data[0].id, quantity: 2 }],
    metadata: { order: "42" },
  };
  const make = (params) => stripe.checkout.sessions.create(params, { idempotencyKey: "order-42" });
  const first = await make(order);
  const again = await make(order);
  const other = await make({ ...order, metadata: { order: "43" } }).catch((error) => error.type);
  const unknown = await stripe.customers.retrieve("cus_nobody").catch((error) => error.code);
  const endpoint = await stripe.webhookEndpoints.create({
    url: "https://portal.example/hook",
    enabled_events: ["customer.updated"],
  });
  return {
    customers: ids.length,
    distinct: new Set(ids).size,
    product: data[0].product.object,
    same: first.id === again.id,
    replayed: again.lastResponse.headers["idempotent-replayed"],
    order: again.metadata.order,
    other,
    unknown,
    secret: endpoint.secret,
  };
}

function event() {
  const { body, signature, secret } = JSON.parse(readFileSync(0, "utf8"));
  const bytes = Buffer.from(body, "base64");
  const read = stripe.webhooks.constructEvent(bytes, signature, secret);
  let forged = "";
  try {
    stripe.webhooks.constructEvent(bytes, signature, "whsec_ofNobody");
  } catch (error) {
    forged = error.type;
  }
  return { type: read.type, name: read.data.object.name, forged };
}

console.log(JSON.stringify(what === "shop" ? await shop() : event()));
