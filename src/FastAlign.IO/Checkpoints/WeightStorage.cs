using FastAlign.Core;

namespace FastAlign.IO.Checkpoints;

/// <summary>How the matrices of a model are kept in memory. Arithmetic is F32 in any case; vectors (norms, biases) are always F32.</summary>
public enum WeightStorage
{
    /// <summary>F32. What is trained needs it.</summary>
    Single,

    /// <summary>BF16, half the memory and traffic; weights that are not BF16 in their file are rounded to nearest even.</summary>
    BrainFloat,

    /// <summary>BF16 where the file has BF16 and the backend reads it, else F32: equal bits in every result.</summary>
    AsInFile,
}

/// <summary>What a <see cref="WeightStorage"/> comes to.</summary>
public static class WeightStorages
{
    /// <summary>Whether matrices become BF16.</summary>
    /// <param name="storage">What is wanted.</param>
    /// <param name="isInFile">Whether they are BF16 in their file.</param>
    /// <param name="backend">Where they will be.</param>
    /// <exception cref="InputException">BF16 is wanted on a backend that can't read it.</exception>
    public static bool IsBrainFloat(this WeightStorage storage, bool isInFile, Backend backend) => storage switch
    {
        WeightStorage.Single => false,
        WeightStorage.AsInFile => isInFile && backend.ReadsBrainFloatWeights,
        _ => backend.ReadsBrainFloatWeights
            ? true
            : throw new InputException($"weights in bfloat16: expected a backend that reads them (all but --variant cublas), found {backend.Name}"),
    };
}
