package echo;
import java.io.InputStream;
import java.util.*;
import org.bimserver.models.store.ObjectDefinition;
import org.bimserver.plugins.*;
import org.bimserver.plugins.renderengine.*;
public class EmptyEngine implements RenderEnginePlugin {
  public void init(PluginContext c, PluginConfiguration p) { }
  public ObjectDefinition getUserSettingsDefinition() { return null; }
  public ObjectDefinition getSystemSettingsDefinition() { return null; }
  // Its constructor has one text less since 1.5.186.
  public VersionInfo getVersionInfo() {
    try {
      java.lang.reflect.Constructor<?> make = VersionInfo.class.getConstructors()[0];
      Object[] values = new Object[make.getParameterCount()];
      for (int i = 0; i < values.length; i++)
        values[i] = make.getParameterTypes()[i] == String.class ? (Object) "1" : new GregorianCalendar();
      return (VersionInfo) make.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
  public RenderEngine createRenderEngine(PluginConfiguration c, String schema) {
    return new RenderEngine() {
      public void init() { }
      public RenderEngineModel openModel(InputStream in, long size) { return model(); }
      public RenderEngineModel openModel(InputStream in) { return model(); }
      public void close() { }
      public boolean isCalculateQuantities() { return false; }
      public boolean isApplyLayerSets() { return false; }
      public Metrics getMetrics() { return null; }
    };
  }
  static RenderEngineModel model() {
    return new RenderEngineModel() {
      public void setFormat(int a, int b) { }
      public void setSettings(RenderEngineSettings s) { }
      public RenderEngineInstance getInstanceFromExpressId(long id) { return null; }
      public Collection<RenderEngineInstance> listInstances() { return new ArrayList<>(); }
      public void generateGeneralGeometry() { }
      public void close() { }
      public void setFilter(RenderEngineFilter f) { }
    };
  }
}
