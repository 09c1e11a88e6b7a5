// A note that is kept while it is typed: a pause, or leaving the field, sends it to be stored as a draft.
const PAUSE_MS = 400;

export default function ({ data, parentElement, setStateValue }) {
  const memory = parentElement.note || (parentElement.note = {});
  const field = parentElement.querySelector("textarea");
  const saved = parentElement.querySelector(".saved");
  field.placeholder = data.hint;
  field.setAttribute("aria-label", data.label);
  field.maxLength = data.limit;
  if (memory.revision !== data.revision) {
    // A new page, or the note was sent: the store's text counts. Otherwise what is in the field does.
    memory.revision = data.revision;
    field.value = data.text;
    memory.sent = data.text;
  }
  saved.textContent = memory.sent && memory.sent === field.value && data.text === field.value ? data.saved : "";
  const send = () => {
    clearTimeout(memory.timer);
    if (memory.sent === field.value) return;
    memory.sent = field.value;
    setStateValue("text", field.value);
  };
  field.oninput = () => {
    saved.textContent = "";
    clearTimeout(memory.timer);
    memory.timer = setTimeout(send, PAUSE_MS);
  };
  field.onblur = send;
}
