/* Small helps of the pages; every page also works without them. */
"use strict";

// A scanner types faster than a person: keys closer together than this come from one.
const SCANNER_GAP_MS = 50;
const SCANNER_LEAST_KEYS = 4;

// A box to tick or a file to choose takes no letters: a scan while it has the focus is still a scan.
const UNTYPED = "[type=checkbox], [type=radio], [type=file], [type=button], [type=submit]";
const isEditable = (element) =>
  element.matches?.(`input:not(${UNTYPED}), textarea, select, [contenteditable]`) ?? false;

/* --- the scan box: "/" goes there, and so does a scan while nothing is being edited --- */
function watchKeys() {
  // A page that is worked with a scanner names its own box.
  const scanBox = document.querySelector("[data-scan-here]") ?? document.getElementById("scan-code");
  let typed = "";
  let lastKeyAt = -Infinity;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const sincePrevious = event.timeStamp - lastKeyAt;
    // Shift comes between the letters of a scanned code and is no letter itself.
    if (event.key !== "Shift") lastKeyAt = event.timeStamp;

    if (isEditable(event.target)) {
      if (event.key === "Enter" && sincePrevious < SCANNER_GAP_MS) keepScanFromSubmitting(event);
      return;
    }
    if (!scanBox || event.key.length !== 1) return;
    // A slash between scanned letters belongs to them: a lot number may hold one.
    if (event.key === "/" && sincePrevious >= SCANNER_GAP_MS) {
      event.preventDefault();
      scanBox.focus();
      scanBox.select();
      return;
    }
    typed = sincePrevious < SCANNER_GAP_MS ? typed + event.key : event.key;
    if (typed.length >= SCANNER_LEAST_KEYS) {
      event.preventDefault();
      scanBox.value = typed;
      scanBox.focus();
      typed = "";
    }
  });
}

// A scanner ends with Enter, which would send a half-filled form; it goes to the next field instead.
function keepScanFromSubmitting(event) {
  const field = event.target;
  const form = field.closest("form.record-form");
  if (!form || field.tagName === "TEXTAREA") return;
  event.preventDefault();
  const fields = [...form.elements].filter((one) => one.type !== "hidden" && !one.disabled && one.tagName !== "FIELDSET");
  fields[fields.indexOf(field) + 1]?.focus();
}

/* --- a form is sent once --- */
function guardDoubleSubmit() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const buttons = [...form.querySelectorAll("button[type=submit]")];
    // Disabled in the next turn, so that the pressed button's name still goes along.
    setTimeout(() => buttons.forEach((button) => (button.disabled = true)));
    // An answer that is a download leaves the page where it is.
    setTimeout(() => release(form, buttons), 8000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => release(form, [...form.querySelectorAll("button[type=submit]")]));
  });
}

function release(form, buttons) {
  delete form.dataset.sent;
  buttons.forEach((button) => (button.disabled = false));
}

/* --- rows of a formset --- */
function prepareFormset(formset) {
  const total = formset.querySelector(`[name="${CSS.escape(formset.dataset.formset)}-TOTAL_FORMS"]`);
  const most = formset.querySelector(`[name="${CSS.escape(formset.dataset.formset)}-MAX_NUM_FORMS"]`);
  const template = formset.querySelector("template");
  const button = formset.querySelector("[data-add-row]");
  const rows = formset.querySelector(".formset-rows");
  button.hidden = false;
  button.addEventListener("click", () => {
    const index = Number(total.value);
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(index));
    const row = holder.content.firstElementChild;
    row.setAttribute("aria-label", `Row ${index + 1}`);
    rows.append(row);
    total.value = String(index + 1);
    button.disabled = index + 1 >= Number(most.value);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
}

/* --- files dropped, chosen or photographed are sent one by one, each with its own progress --- */
function prepareDropzone(form) {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const list = form.querySelector(".dropzone-files");
  form.querySelector(".dropzone-words").hidden = false;

  ["dragenter", "dragover"].forEach((name) =>
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("is-over");
    }),
  );
  ["dragleave", "drop"].forEach((name) => form.addEventListener(name, () => form.classList.remove("is-over")));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    sendAll([...event.dataTransfer.files]);
  });
  form.addEventListener("submit", (event) => {
    const files = inputs.flatMap((input) => [...input.files]);
    if (!files.length) return;
    event.preventDefault();
    sendAll(files);
  });
  // Without this script one file is sent at a time.
  if (inputs.length > 1) inputs[0].multiple = true;

  async function sendAll(files) {
    let failed = 0;
    for (const file of files) {
      try {
        await sendOne(form, inputs.map((input) => input.name), file, list);
      } catch (error) {
        failed += 1;
        showFailure(list.lastElementChild, error.message);
      }
    }
    if (!failed) window.location.reload();
  }
}

function showFailure(line, words) {
  const message = document.createElement("p");
  message.className = "field-errors";
  message.textContent = words;
  line.querySelector("progress")?.remove();
  line.append(message);
}

function sendOne(form, fieldNames, file, list) {
  const line = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  line.append(file.name, bar);
  list.append(line);

  const body = new FormData(form);
  fieldNames.forEach((name) => body.delete(name));
  body.set(fieldNames[0], file);
  // One key stands for one write, so each file needs its own.
  if (body.has("idempotency_key")) body.set("idempotency_key", freshKey());

  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("error", () => reject(new Error("The connection broke. Send the file once more: nothing is stored twice.")));
    request.addEventListener("load", () => {
      const problem = problemOf(request);
      if (problem) reject(new Error(problem));
      else resolve();
    });
    request.send(body);
  });
}

// The server answers a refused form with the same page and its sentences in it.
function problemOf(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const sentences = [...page.querySelectorAll("[data-dropzone] :is(.field-errors, .form-errors) p")];
  if (sentences.length) return sentences.map((one) => one.textContent.trim()).join(" ");
  return request.status < 400 ? "" : `The server refused the file (${request.status}).`;
}

/* --- rows of a list that are chosen for labels --- */
function prepareChoice(form) {
  const all = form.querySelector("[data-choose-all]");
  const boxes = [...form.querySelectorAll("tbody [name=code]")];
  const button = form.querySelector("[type=submit]");
  const tell = () => (button.disabled = !boxes.some((box) => box.checked));
  all.hidden = false;
  all.querySelector("input").addEventListener("change", (event) => {
    boxes.forEach((box) => (box.checked = event.target.checked));
    tell();
  });
  boxes.forEach((box) => box.addEventListener("change", tell));
  tell();
}

// randomUUID exists on secure origins alone, and a lab's server may speak plain HTTP.
function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

watchKeys();
document.querySelectorAll("[data-formset]").forEach(prepareFormset);
document.querySelectorAll("[data-dropzone]").forEach(prepareDropzone);
document.querySelectorAll("[data-choose-rows]").forEach(prepareChoice);
// Last, so that it sees which forms a drop zone has taken over.
guardDoubleSubmit();
document.querySelector("[data-focus]")?.focus();
