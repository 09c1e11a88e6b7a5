// A note that is kept while it is typed: a pause, or leaving the field, sends it to be stored as a draft.
const PAUSE_MS = 400;

// What is in the fields, beyond the life of an element: Streamlit may put a new one in its place at any time.
const typed = (window.warroomNotes ||= new Map());

export default function ({ data, parentElement, setStateValue }) {
  const field = parentElement.querySelector("textarea");
  const saved = parentElement.querySelector(".saved");
  const place = `${data.place} ${data.revision}`;
  // A new page, or the note was sent: the store's text counts. Otherwise what was typed here does.
  if (!typed.has(place)) typed.set(place, { value: data.text, sent: data.text });
  const memory = typed.get(place);
  if (field.value !== memory.value) field.value = memory.value;
  field.placeholder = data.hint;
  field.setAttribute("aria-label", data.label);
  field.maxLength = data.limit;
  saved.textContent = memory.value && data.text === memory.value ? data.saved : "";
  const send = () => {
    clearTimeout(memory.timer);
    if (memory.sent === memory.value) return;
    memory.sent = memory.value;
    setStateValue("text", memory.value);
  };
  field.oninput = () => {
    memory.value = field.value;
    saved.textContent = "";
    clearTimeout(memory.timer);
    memory.timer = setTimeout(send, PAUSE_MS);
  };
  field.onblur = send;
  // The page's one-key shortcuts must not hear what is typed here.
  field.onkeydown = (event) => event.stopPropagation();
}
