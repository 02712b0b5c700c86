/** The panel "Devices" while it records: another camera or another microphone, from the next part on.
 *
 *  Choosing is one thing, beginning the part another: with arrow keys one comes past devices that are not meant.
 */

import { byId } from "../ui.js";

export class DevicesPanel {
  #wanted = {};

  /** @param {import("./studio-common.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    byId("devices-button").addEventListener("click", ({ currentTarget: button }) => this.#toggle(button));
    byId("devices-use").addEventListener("click", () => this.#use());
  }

  /** Chosen, not used yet. @param {{camera?: string, mic?: string}} values */
  want(values) {
    Object.assign(this.#wanted, values);
    byId("devices-use").disabled = false;
  }

  async #toggle(button) {
    this.#wanted = {};
    byId("devices-use").disabled = true;
    this.studio.sheet(button.getAttribute("aria-expanded") !== "true", button);
    await this.studio.camera.listAll(); // with those that are used
  }

  #use() {
    const wanted = this.#wanted;
    this.studio.change(wanted);
    this.studio.run.endPart("camera" in wanted ? "camera-switched" : "microphone-switched");
  }
}
