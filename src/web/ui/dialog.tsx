// A modal dialog of the browser's own: it keeps the focus inside, and gives it back. Escape, the browser's Back and a
// press beside it are wishes to close it; whoever opened it decides.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { say } from "../languages/say";
import { openLayer } from "./back";
import { drawnEvents, focusEvent, focusPlace } from "./focus";
import { CloseIcon } from "./icons";

interface DialogProps {
  title: string;
  /** Shown in place of the title, which then only names the dialog. */
  heading?: ComponentChildren;
  className?: string;
  /** Where what is shown can be found again. */
  address?: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, heading, className = "", address, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const wish = useRef(onClose);
  wish.current = onClose;
  useEffect(() => openOver(element.current, () => wish.current(), address), []);
  return (
    <dialog
      ref={element}
      class={`dialog ${className}`}
      aria-labelledby={titleId}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        // A second Escape would close it whatever is answered to "cancel".
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === element.current) onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={titleId} class={heading === undefined ? undefined : "unseen"}>
            {title}
          </h2>
          {heading}
          <button type="button" class="icon-button" aria-label={say("Close")} onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Until the answered function is called. */
function openOver(dialog: HTMLDialogElement | null, close: () => void, address?: string): () => void {
  const before = document.activeElement;
  const place = before instanceof HTMLElement ? drawnEvents().indexOf(before) : 0;
  dialog?.showModal();
  const leave = openLayer(close, address);
  return () => {
    leave();
    // Closed first: nothing outside can have the focus as long as it is open.
    dialog?.close();
    if (!(before instanceof HTMLElement)) return;
    if (before.isConnected) before.focus();
    else if (before.dataset.event !== undefined && !focusEvent(before.dataset)) focusPlace(place);
  };
}
