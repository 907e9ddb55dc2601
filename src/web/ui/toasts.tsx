// Short notes at the foot of the page, read out by screen readers; some offer to undo what they report.
import { signal } from "@preact/signals";
import { say } from "../languages/say";
import { CloseIcon } from "./icons";

interface ToastWish {
  text: string;
  /** What else there is to know, below it. */
  note?: string | undefined;
  /** Of two notes about one thing, the newer stands. */
  about?: string;
  /** How a failure is told from news. */
  bad?: boolean;
  action?: { label: string; run: () => void };
  /** How long it stays; what can be undone stays as long as it can, and as long as somebody is on it. */
  ms?: number;
  /** Its time is over, or somebody closed it: what it offered is not wanted. */
  over?: () => void;
}

interface Toast extends ToastWish {
  id: number;
}

const DEFAULT_MS = 5_000;
const BAD_MS = 9_000;

const toasts = signal<Toast[]>([]);
let lastId = 0;

/** Whoever comes to a note with the keyboard is on the way to its button: time stands still. */
const isSomebodyThere = (): boolean => document.querySelector(".toast:focus-within") !== null;
const LOOK_AGAIN_MS = 1_000;

const close = (id: number): void => void (toasts.value = toasts.value.filter((one) => one.id !== id));

/** Shows a note; the function it answers takes it away early. */
export function toast(wish: ToastWish): () => void {
  const id = ++lastId;
  const pass = (): void => {
    if (isSomebodyThere()) return void (timer = setTimeout(pass, LOOK_AGAIN_MS));
    close(id);
    wish.over?.();
  };
  // More than four at once leave no room: the oldest go, and those that the new one makes untrue.
  const others = toasts.value.filter(({ about }) => about === undefined || about !== wish.about);
  const kept = others.slice(-3);
  const old = toasts.value.filter((one) => !kept.includes(one));
  toasts.value = [...kept, { ...wish, id }];
  for (const { over } of old) over?.();
  let timer = setTimeout(pass, wish.ms ?? (wish.bad ? BAD_MS : DEFAULT_MS));
  return () => {
    clearTimeout(timer);
    close(id);
  };
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-atomic="false">
      {toasts.value.map(({ id, text, note, bad, action, over }) => (
        <div key={id} class={bad ? "toast bad" : "toast"}>
          <div class="toast-text">
            <p dir="auto">{text}</p>
            {note !== undefined && <p class="small">{note}</p>}
          </div>
          {action && (
            <button
              type="button"
              class="text-button"
              onClick={() => {
                close(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={say("Dismiss")}
            onClick={() => {
              close(id);
              over?.();
            }}
          >
            <CloseIcon />
          </button>
        </div>
      ))}
    </div>
  );
}
