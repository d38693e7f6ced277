// The element <audit-log-viewer token theme src height max-height>. It only builds an iframe.
//
// It fires `token-needed` when the page asks for a fresh token. Set `token` then.

{
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const here = script?.src ?? location.href;
  const SMALLEST = 320;

  /** The element. It sends each new token to the page in its frame. */
  class AuditLogViewer extends HTMLElement {
    static observedAttributes = ["token"];

    /** @type {HTMLIFrameElement | null} */
    #frame = null;
    #origin = "";
    #isHeard = false;
    #isLate = false;
    /** @param {MessageEvent} event */
    #hear = (event) => this.#heard(event);

    /** Build the frame when the element is put into a page. */
    connectedCallback() {
      addEventListener("message", this.#hear);
      this.#build();
    }

    /** Take the frame away when the element is taken out of its page. */
    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      this.replaceChildren();
      this.#frame = null;
    }

    /**
     * Send the frame a fresh token.
     *
     * @param {string} _name
     * @param {string | null} before
     * @param {string | null} token
     */
    attributeChangedCallback(_name, before, token) {
      if (this.#frame && before !== token) this.#send();
    }

    /** @returns {string | null} */
    get token() {
      return this.getAttribute("token");
    }

    /** @param {string} token */
    set token(token) {
      this.setAttribute("token", token);
    }

    /** Send the token, now or as soon as the page has loaded and can hear it. */
    #send() {
      this.#isLate = !this.#isHeard;
      if (this.#isLate || !this.token) return;
      const message = { type: "indelible:token", token: this.token };
      this.#frame?.contentWindow?.postMessage(message, this.#origin);
    }

    /** Put a frame with the page into the element. The token is in the fragment, which is not sent. */
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
      if (this.hasAttribute("theme")) fragment.set("theme", this.getAttribute("theme") ?? "");
      address.hash = fragment.toString();
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

    /** The height that the element is given; null if the page decides. */
    get #fixedHeight() {
      const height = Number(this.getAttribute("height"));
      return height > 0 ? height : null;
    }

    /** The height that the page may have at most. */
    get #mostHeight() {
      const height = Number(this.getAttribute("max-height"));
      return height > 0 ? height : 800;
    }

    /**
     * Do what the page in the frame says, and nothing that others say.
     *
     * @param {MessageEvent} event
     */
    #heard(event) {
      const frame = this.#frame;
      if (!frame || event.source !== frame.contentWindow || event.origin !== this.#origin) return;
      const { type, height } = event.data ?? {};
      this.#isHeard = true;
      if (this.#isLate) this.#send();
      if (type === "indelible:height" && this.#fixedHeight === null && Number.isFinite(height)) {
        frame.style.height = `${Math.min(Math.max(height, SMALLEST), this.#mostHeight)}px`;
      }
      if (type === "indelible:token-needed")
        this.dispatchEvent(new CustomEvent("token-needed", { bubbles: true }));
    }
  }

  if (!customElements.get("audit-log-viewer"))
    customElements.define("audit-log-viewer", AuditLogViewer);
}
