// A dialog whose act may be refused: it stays, with what was entered and the reason. What was entered is thrown away by nobody
// who was not asked first.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { say } from "../languages/say";
import { Dialog } from "./dialog";
import { Discard } from "./discard";
import { Refused, refusalText } from "./refused";

interface FormDialogProps {
  title: string;
  /** What the button that sends it says. */
  send: string;
  /** Whether what it does cannot be undone. */
  danger?: boolean;
  /** Whether what must be answered first was answered. */
  ready?: boolean;
  onSend: () => Promise<unknown>;
  /** Called when it was sent, too. */
  onClose: () => void;
  children: ComponentChildren;
}

/** What stands in the fields of a form. */
const textOf = (form: HTMLFormElement | null): string =>
  JSON.stringify(
    [...(form?.elements ?? [])].flatMap((field) => {
      if (field instanceof HTMLInputElement) return field.type === "checkbox" ? field.checked : field.value;
      return field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement ? field.value : [];
    }),
  );

/** A form, and whether somebody entered anything since it was opened; the browser asks before it leaves the page then. */
function useEntered(): [RefObject<HTMLFormElement>, () => boolean] {
  const form = useRef<HTMLFormElement>(null);
  const before = useRef("");
  const isChanged = (): boolean => textOf(form.current) !== before.current;
  useEffect(() => {
    before.current = textOf(form.current);
    const onLeave = (event: Event): void => {
      if (isChanged()) event.preventDefault();
    };
    window.addEventListener("beforeunload", onLeave);
    return () => window.removeEventListener("beforeunload", onLeave);
  }, []);
  return [form, isChanged];
}

export function FormDialog(props: FormDialogProps) {
  const { title, send, danger = false, ready = true, onSend, onClose, children } = props;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const [form, isChanged] = useEntered();
  // What is typed to be sure is no work that anybody would miss.
  const leave = (): void => (!danger && isChanged() ? setAsking(true) : onClose());
  async function go(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      await onSend();
      onClose();
    } catch (error) {
      setProblem(refusalText(error));
      setBusy(false);
    }
  }
  return (
    <Dialog title={title} onClose={leave}>
      <form ref={form} class="dialog-form" onSubmit={(event) => void go(event)}>
        <div class="dialog-scroll">
          {children}
          <Refused text={problem} />
        </div>
        <footer class="dialog-foot">
          <span class="grow" />
          <button type="button" class="button" onClick={leave}>
            {say("Cancel")}
          </button>
          <button class={`button ${danger ? "danger" : "primary"}`} disabled={busy || !ready}>
            {send}
          </button>
        </footer>
      </form>
      {asking && <Discard onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Dialog>
  );
}
