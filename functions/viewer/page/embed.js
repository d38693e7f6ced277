// The element <audit-log-viewer token theme src height max-height>. It only builds an iframe.
//
// It fires `token-needed` when the page asks for a fresh token. Set `token` then.

{
  const here = document.currentScript?.src ?? location.href;
  const SMALLEST = 320;

  class AuditLogViewer extends HTMLElement {
    static observedAttributes = ["token"];

    #frame = null;
    #origin = null;
    #hear = (event) => this.#heard(event);

    connectedCallback() {
      addEventListener("message", this.#hear);
      this.#build();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      this.replaceChildren();
      this.#frame = null;
    }

    attributeChangedCallback(name, before, token) {
      if (!this.#frame || before === token || !token) return;
      this.#frame.contentWindow?.postMessage({ type: "indelible:token", token }, this.#origin);
    }

    get token() {
      return this.getAttribute("token");
    }

    set token(token) {
      this.setAttribute("token", token);
    }

    #build() {
      const address = new URL(
        this.getAttribute("src") ?? "../viewer",
        new URL(here, location.href),
      );
      this.#origin = address.origin;
      const fragment = new URLSearchParams();
      if (this.token) fragment.set("token", this.token);
      if (this.hasAttribute("theme")) fragment.set("theme", this.getAttribute("theme"));
      address.hash = fragment;
      const frame = document.createElement("iframe");
      frame.title = this.getAttribute("title") ?? "Audit log";
      frame.referrerPolicy = "no-referrer";
      frame.allow = "clipboard-write";
      frame.style.cssText = "display:block;width:100%;border:0";
      frame.style.height = `${this.#fixedHeight ?? this.#mostHeight}px`;
      frame.src = address.href;
      this.#frame = frame;
      this.replaceChildren(frame);
    }

    get #fixedHeight() {
      const height = Number(this.getAttribute("height"));
      return height > 0 ? height : null;
    }

    get #mostHeight() {
      const height = Number(this.getAttribute("max-height"));
      return height > 0 ? height : 800;
    }

    #heard(event) {
      if (event.source !== this.#frame?.contentWindow || event.origin !== this.#origin) return;
      const { type, height } = event.data ?? {};
      if (type === "indelible:height" && this.#fixedHeight === null && Number.isFinite(height)) {
        this.#frame.style.height = `${Math.min(Math.max(height, SMALLEST), this.#mostHeight)}px`;
      }
      if (type === "indelible:token-needed")
        this.dispatchEvent(new CustomEvent("token-needed", { bubbles: true }));
    }
  }

  if (!customElements.get("audit-log-viewer"))
    customElements.define("audit-log-viewer", AuditLogViewer);
}
