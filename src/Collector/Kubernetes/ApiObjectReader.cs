using System.Text.Json;

namespace Collector.Kubernetes;

/// <summary>What a list answered besides its items.</summary>
internal readonly record struct ListPage(string ResourceVersion, string Continue);

/// <summary>
/// Reads answers of the API, keeping only what is used. Field names are those of the core/v1 reference
/// (kubernetes.io/docs/reference/kubernetes-api); unknown ones are skipped, whatever is in them.
/// </summary>
internal sealed class ApiObjectReader(JsonTokens json, Func<string, bool> keepsAnnotation, CancellationToken cancellation)
{
    /// <summary>Longer values of annotations are left out, and so are those beyond the sum: they would stand in every record (I7).</summary>
    private const int LongestAnnotation = 16 * 1024;
    private const int AllAnnotations = 64 * 1024;

    /// <summary>Reads a list; <paramref name="add"/> is given each item.</summary>
    public async ValueTask<ListPage> ReadListAsync(Action<ApiObject> add)
    {
        var page = default(ListPage);
        if (!await json.EnterAsync(JsonTokenType.StartObject, cancellation))
        {
            throw new JsonException("the answer is no object");
        }

        while (await json.NextAsync(cancellation))
        {
            if (json.Is("metadata"u8) && await EnterAsync())
            {
                page = await ReadPageAsync();
            }
            else if (json.Is("items"u8) && await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    add(await ReadObjectAsync());
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return page;
    }

    /// <summary>Reads one event of a watch; null when the stream has ended between two of them.</summary>
    public async ValueTask<(string Type, ApiObject Object)?> ReadEventAsync()
    {
        if (!await json.ReadAsync(cancellation))
        {
            return null;
        }

        var (type, item) = ("", new ApiObject());
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("type"u8))
            {
                type = await json.ReadStringAsync(cancellation) ?? "";
            }
            else if (json.Is("object"u8) && await EnterAsync())
            {
                item = await ReadObjectAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return (type, item);
    }

    /// <summary>Reads the object that was just entered.</summary>
    public async ValueTask<ApiObject> ReadObjectAsync()
    {
        var item = new ApiObject();
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("metadata"u8) && await EnterAsync())
            {
                await ReadMetadataAsync(item);
            }
            else if (json.Is("spec"u8) && await EnterAsync())
            {
                await ReadSpecAsync(item);
            }
            else if (json.Is("status"u8) && await EnterAsync())
            {
                await ReadStatusAsync(item);
            }
            else if (json.Is("code"u8))
            {
                item.Code = await json.ReadNumberAsync(cancellation);
            }
            else if (json.Is("message"u8))
            {
                item.Message = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return item;
    }

    private ValueTask<bool> EnterAsync() => json.EnterAsync(JsonTokenType.StartObject, cancellation);

    /// <summary>After a member that was not one of those looked for: its value, unless it was entered in vain and is skipped already.</summary>
    private ValueTask SkipMemberAsync() => json.Type == JsonTokenType.PropertyName ? json.SkipAsync(cancellation) : ValueTask.CompletedTask;

    private async ValueTask<string> StringAsync() => await json.ReadStringAsync(cancellation) ?? "";

    private async ValueTask<ListPage> ReadPageAsync()
    {
        var (version, token) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("resourceVersion"u8))
            {
                version = await StringAsync();
            }
            else if (json.Is("continue"u8))
            {
                token = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        return new ListPage(version, token);
    }

    private async ValueTask ReadMetadataAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                item.Name = await StringAsync();
            }
            else if (json.Is("namespace"u8))
            {
                item.Namespace = await StringAsync();
            }
            else if (json.Is("uid"u8))
            {
                item.Uid = await StringAsync();
            }
            else if (json.Is("resourceVersion"u8))
            {
                item.ResourceVersion = await StringAsync();
            }
            else if (json.Is("creationTimestamp"u8))
            {
                item.Created = await StringAsync();
            }
            else if (json.Is("labels"u8) && await EnterAsync())
            {
                await ReadMapAsync(item.Labels, _ => true);
            }
            else if (json.Is("annotations"u8) && await EnterAsync())
            {
                await ReadMapAsync(item.Annotations, keepsAnnotation);
            }
            else if (json.Is("ownerReferences"u8) && await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                await ReadOwnersAsync(item);
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadMapAsync(Dictionary<string, string> map, Func<string, bool> keeps)
    {
        var sum = 0;
        while (await json.NextAsync(cancellation))
        {
            var name = json.Text();
            if (!keeps(name))
            {
                await json.SkipAsync(cancellation);
                continue;
            }

            var value = await StringAsync();
            if (value.Length <= LongestAnnotation && sum + value.Length <= AllAnnotations)
            {
                map[name] = value;
                sum += value.Length;
            }
        }
    }

    private async ValueTask ReadOwnersAsync(ApiObject item)
    {
        var isControlled = false;
        while (await json.NextAsync(cancellation))
        {
            var (kind, name, controls) = ("", "", false);
            while (await json.NextAsync(cancellation))
            {
                if (json.Is("kind"u8))
                {
                    kind = await StringAsync();
                }
                else if (json.Is("name"u8))
                {
                    name = await StringAsync();
                }
                else if (json.Is("controller"u8))
                {
                    controls = await json.ReadBooleanAsync(cancellation);
                }
                else
                {
                    await SkipMemberAsync();
                }
            }

            if (item.OwnerKind.Length == 0 || (controls && !isControlled))
            {
                (item.OwnerKind, item.OwnerName, isControlled) = (kind, name, controls);
            }
        }
    }

    private async ValueTask ReadSpecAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("nodeName"u8))
            {
                item.NodeName = await StringAsync();
            }
            else if ((json.Is("containers"u8) || json.Is("initContainers"u8) || json.Is("ephemeralContainers"u8)) &&
                await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    await ReadContainerAsync(item);
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadContainerAsync(ApiObject item)
    {
        var (name, image) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                name = await StringAsync();
            }
            else if (json.Is("image"u8))
            {
                image = await StringAsync();
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        item.Containers[name] = (item.Containers.GetValueOrDefault(name) ?? new ContainerState()) with { SpecImage = image };
    }

    private async ValueTask ReadStatusAsync(ApiObject item)
    {
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("phase"u8))
            {
                item.Phase = await StringAsync();
            }
            else if ((json.Is("containerStatuses"u8) || json.Is("initContainerStatuses"u8) || json.Is("ephemeralContainerStatuses"u8)) &&
                await json.EnterAsync(JsonTokenType.StartArray, cancellation))
            {
                while (await json.NextAsync(cancellation))
                {
                    await ReadContainerStatusAsync(item);
                }
            }
            else
            {
                await SkipMemberAsync();
            }
        }
    }

    private async ValueTask ReadContainerStatusAsync(ApiObject item)
    {
        var (name, state) = ("", new ContainerState());
        while (await json.NextAsync(cancellation))
        {
            if (json.Is("name"u8))
            {
                name = await StringAsync();
            }
            else if (json.Is("image"u8))
            {
                state = state with { Image = await StringAsync() };
            }
            else if (json.Is("imageID"u8))
            {
                state = state with { ImageId = await StringAsync() };
            }
            else if (json.Is("containerID"u8))
            {
                state = state with { Id = WithoutRuntime(await StringAsync()) };
            }
            else if (json.Is("restartCount"u8))
            {
                state = state with { RestartCount = await json.ReadNumberAsync(cancellation) };
            }
            else if (json.Is("state"u8) && await EnterAsync())
            {
                var (kind, _) = await ReadStateAsync();
                state = state with { IsRunning = kind == "running", IsTerminated = kind == "terminated" };
            }
            else if (json.Is("lastState"u8) && await EnterAsync())
            {
                state = state with { LastId = (await ReadStateAsync()).Id };
            }
            else
            {
                await SkipMemberAsync();
            }
        }

        item.Containers[name] = state with { SpecImage = item.Containers.GetValueOrDefault(name)?.SpecImage ?? "" };
    }

    /// <summary>Reads <c>{"terminated":{"containerID":…}}</c>; at most one of <c>waiting</c>, <c>running</c> and <c>terminated</c> is there.</summary>
    private async ValueTask<(string Kind, string Id)> ReadStateAsync()
    {
        var (kind, id) = ("", "");
        while (await json.NextAsync(cancellation))
        {
            kind = json.Text();
            if (!await EnterAsync())
            {
                continue;
            }

            while (await json.NextAsync(cancellation))
            {
                if (json.Is("containerID"u8))
                {
                    id = WithoutRuntime(await StringAsync());
                }
                else
                {
                    await SkipMemberAsync();
                }
            }
        }

        return (kind, id);
    }

    /// <summary>From <c>containerd://&lt;id&gt;</c> the id.</summary>
    private static string WithoutRuntime(string id) => id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? id[(at + 3)..] : id;
}
