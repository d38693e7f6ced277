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
    #isHeard = false;
    #isLate = false;
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
      if (this.#frame && before !== token) this.#send();
    }

    get token() {
      return this.getAttribute("token");
    }

    set token(token) {
      this.setAttribute("token", token);
    }

    /** Send the token, now or as soon as the page has loaded and can hear it. */
    #send() {
      this.#isLate = !this.#isHeard;
      if (this.#isLate || !this.token) return;
      const message = { type: "indelible:token", token: this.token };
      this.#frame.contentWindow?.postMessage(message, this.#origin);
    }

    #build() {
      const address = new URL(
        this.getAttribute("src") ?? "../viewer",
        new URL(here, location.href),
      );
      if (!["https:", "http:"].includes(address.protocol))
        throw new TypeError("The src of <audit-log-viewer> must be a web address.");
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
      this.#isHeard = this.#isLate = false;
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
      this.#isHeard = true;
      if (this.#isLate) this.#send();
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
