// Short notes at the foot of the page, read out by screen readers; some offer to undo what they report.
import { signal } from "@preact/signals";
import { say } from "../languages/say";
import { CloseIcon } from "./icons";

interface ToastWish {
  text: string;
  /** What else there is to know, below it. */
  note?: string | undefined;
  /** How a failure is told from news. */
  bad?: boolean;
  action?: { label: string; run: () => void };
  /** How long it stays; what can be undone stays as long as it can. */
  ms?: number;
}

interface Toast extends ToastWish {
  id: number;
}

const DEFAULT_MS = 5_000;
const BAD_MS = 9_000;

const toasts = signal<Toast[]>([]);
let lastId = 0;

/** Shows a note; the function it answers takes it away early. */
export function toast(wish: ToastWish): () => void {
  const id = ++lastId;
  const dismiss = (): void => void (toasts.value = toasts.value.filter((one) => one.id !== id));
  toasts.value = [...toasts.value.slice(-3), { ...wish, id }];
  setTimeout(dismiss, wish.ms ?? (wish.bad ? BAD_MS : DEFAULT_MS));
  return dismiss;
}

export function Toasts() {
  const close = (id: number): void => void (toasts.value = toasts.value.filter((one) => one.id !== id));
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, note, bad, action }) => (
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
          <button type="button" class="icon-button" aria-label={say("Dismiss")} onClick={() => close(id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
    </div>
  );
}
