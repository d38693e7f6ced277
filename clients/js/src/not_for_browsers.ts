/** What bundlers for browsers get in place of this package, since its modules do not load there. */

import { refusal } from "./browser.js";

throw refusal();
