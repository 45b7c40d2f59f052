import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BrowserRouter } from "react-router";

import { newQueryClient } from "./aws/queries";
import { FlashProvider } from "./frame/flash-provider";
import { BASE } from "./frame/paths";
import { Pages } from "./routes";
import { SessionProvider } from "./session/session-provider";

export function App() {
  const [queries] = useState(newQueryClient);
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <FlashProvider>
            <BrowserRouter basename={BASE}>
              <Pages />
            </BrowserRouter>
          </FlashProvider>
        </SessionProvider>
      </QueryClientProvider>
    </I18nProvider>
  );
}
