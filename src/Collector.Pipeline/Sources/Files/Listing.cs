using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Sources.Files;

/// <summary>How the listing of a directory ended.</summary>
internal enum ListResult
{
    Listed,

    /// <summary>The directory does not exist (any more).</summary>
    Gone,

    /// <summary>
    /// No permission, by its mode or a security module. There may be files in it, so an empty listing does not mean that there are
    /// none.
    /// </summary>
    Denied,

    /// <summary>Behind a link: never followed (I14). <see cref="Refusal.Find"/> tells which link.</summary>
    Refused,

    /// <summary>The collector's own data dir, or in it: never looked into (I14).</summary>
    InDataDir,

    /// <summary>No descriptor left.</summary>
    NoDescriptor,

    /// <summary>An error of the disk or the file system.</summary>
    Failed,
}

/// <summary>The names in a directory, in no order and without <c>.</c> and <c>..</c>; or why there are none.</summary>
internal readonly record struct Listing
{
    private readonly IReadOnlyList<string>? _names;

    public Listing(IReadOnlyList<string> names) => _names = names;

    /// <param name="result">Any but <see cref="ListResult.Listed"/>.</param>
    /// <param name="error">The system's message, for the log: "Permission denied".</param>
    public Listing(ListResult result, string error = "") => (Result, Error) = (result, error);

    public ListResult Result { get; }

    public bool IsListed => Result == ListResult.Listed;

    /// <summary>Empty unless <see cref="IsListed"/>: a listing that broke off in the middle gives none. As <see cref="NameBytes"/>.</summary>
    public IReadOnlyList<string> Names => _names ?? [];

    public string Error { get; } = "";

    public static Listing Of(int error) => new(
        !OpenErrors.TrySort(error, out var result) ? ListResult.Failed : result switch
        {
            OpenResult.Missing => ListResult.Gone,
            OpenResult.Denied => ListResult.Denied,
            OpenResult.InDataDir => ListResult.InDataDir,
            OpenResult.NoDescriptor => ListResult.NoDescriptor,
            _ => ListResult.Refused,
        },
        error == BeneathOpener.Forbidden ? "" : OpenErrors.Describe(error));
}
