import ace from "ace-builds";
import "ace-builds/src-noconflict/ext-language_tools";
import "ace-builds/src-noconflict/ext-searchbox";
import "ace-builds/src-noconflict/mode-json";
import "ace-builds/src-noconflict/theme-cloud_editor";
import "ace-builds/src-noconflict/theme-cloud_editor_dark";
import jsonWorker from "ace-builds/src-noconflict/worker-json?url";

// The worker is a file of this origin: the content security policy then needs no exception for it.
ace.config.set("loadWorkerFromBlob", false);
ace.config.setModuleUrl("ace/mode/json_worker", jsonWorker);

export { ace };
