// A modal dialog of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { focusEvent } from "./focus";
import { CloseIcon } from "./icons";

interface DialogProps {
  title: string;
  /** Shown in place of the title, which then only names the dialog. */
  heading?: ComponentChildren;
  className?: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, heading, className = "", onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      // Closed first: nothing outside can have the focus as long as it is open.
      dialog?.close();
      if (!(before instanceof HTMLElement)) return;
      if (before.isConnected) before.focus();
      else if (before.dataset.event !== undefined) focusEvent(before.dataset.event);
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
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
          <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
