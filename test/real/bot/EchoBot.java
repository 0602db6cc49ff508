package echo;

import org.bimserver.bimbots.BimBotContext;
import org.bimserver.bimbots.BimBotsException;
import org.bimserver.bimbots.BimBotsInput;
import org.bimserver.bimbots.BimBotsOutput;
import org.bimserver.plugins.PluginConfiguration;
import org.bimserver.plugins.SchemaName;
import org.bimserver.plugins.services.BimBotAbstractService;

/** Returns how many bytes it received, and fails when the model requests it. */
public class EchoBot extends BimBotAbstractService {
  public String getOutputSchema() {
    return SchemaName.UNSTRUCTURED_UTF8_TEXT_1_0.name();
  }

  public boolean needsRawInput() {
    return true;
  }

  public boolean requiresGeometry() {
    return false;
  }

  public BimBotsOutput runBimBot(BimBotsInput input, BimBotContext context, PluginConfiguration configuration)
      throws BimBotsException {
    try {
      context.updateProgress("Counting", 60);
      Thread.sleep(500);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (new String(input.getData()).contains("PLEASEFAIL")) throw new BimBotsException("It was asked to fail", 4711);
    return text("got " + input.getData().length + " bytes\n", "echo.txt");
  }

  static BimBotsOutput text(String text, String name) {
    BimBotsOutput output = new BimBotsOutput(SchemaName.UNSTRUCTURED_UTF8_TEXT_1_0, text.getBytes());
    output.setTitle("Écho");
    output.setContentType("text/plain");
    output.setContentDisposition(name);
    return output;
  }
}
