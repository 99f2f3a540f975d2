// The component that saves a chart of the page, in Streamlit.
import { mountOnce } from "../shared/mount.js";
import { SaveMenu } from "./canvas.js";

export default mountOnce(SaveMenu);
