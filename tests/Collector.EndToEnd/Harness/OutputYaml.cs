namespace Collector.EndToEnd.Harness;

/// <summary>An output of a test's configuration, with short times.</summary>
/// <param name="Name">Its name, and its directory in the stage unless <paramref name="Path"/> says otherwise.</param>
/// <param name="Path">Of its filesystem store; null: <see cref="Stage.Objects"/>.</param>
/// <param name="Batch">What stands in <c>batch: {…}</c>.</param>
/// <param name="Store">Another store than a directory, in flow style.</param>
/// <param name="Retry">What stands in <c>retry: {…}</c>.</param>
/// <param name="Catalog">What stands in <c>catalog: {…}</c>; most tests count objects, and want none that are not theirs.</param>
/// <param name="More">Further keys, in flow style.</param>
internal sealed record OutputYaml(
    string Name = "default", string? Path = null, string Batch = "maxAge: 300ms", string More = "", string? Store = null, string Retry = "minBackoff: 50ms, maxBackoff: 500ms", string Catalog = "enabled: false")
{
    public string Render(Stage stage) =>
        $"{{name: {Name}, store: {Store ?? $"{{type: filesystem, path: {Path ?? stage.Objects}}}"}, batch: {{{Batch}}}, retry: {{{Retry}}}, catalog: {{{Catalog}}}{(More.Length > 0 ? ", " + More : "")}}}";
}
