package echo;

import org.bimserver.bimbots.BimBotContext;
import org.bimserver.bimbots.BimBotsInput;
import org.bimserver.bimbots.BimBotsOutput;
import org.bimserver.plugins.PluginConfiguration;

/** Another service of the same server: all of them share one address. */
public class SecondBot extends EchoBot {
  public BimBotsOutput runBimBot(BimBotsInput input, BimBotContext context, PluginConfiguration configuration) {
    return text("from the second bot\n", "second.txt");
  }
}
