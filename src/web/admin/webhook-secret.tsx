// The secret of a webhook, shown once.
import { useEffect, useRef } from "preact/hooks";
import { say } from "../languages/say";
import { Copy } from "../ui/copy";

export interface NewSecret {
  name: string;
  secret: string;
  /** Whether it is the webhook's first. */
  isNew: boolean;
}

export function WebhookSecret({ name, secret, isNew }: NewSecret) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="raised" aria-labelledby="hook-secret">
      <h2 id="hook-secret" ref={title} tabIndex={-1} dir="auto">
        {say("The secret of {name}", { name })}
      </h2>
      <p>
        {say("Give it to the receiver, which checks signatures with it. It is shown this once.")}
        {!isNew && ` ${say("The one before it signs beside it for 24 hours.")}`}
      </p>
      <div class="code-box">
        <code>{secret}</code>
        <Copy text={secret} says={say("Copy the secret")} />
      </div>
    </section>
  );
}
